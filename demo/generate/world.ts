// Owns what the generators know of the loaded flights: which routes exist, how far they go and how busy they are.
export interface Sizes {
  readonly flights: number;
  readonly customers: number;
  readonly bookings: number;
}

export interface Route {
  /** `ATL-SAV` */
  readonly id: string;
  readonly origin: string;
  readonly destination: string;
  readonly miles: number;
}

export interface World {
  readonly sizes: Sizes;
  readonly routes: readonly Route[];
  /** Running total of flights per route, to draw a route as often as it is flown. */
  readonly flightsUpTo: readonly number[];
  /** The busiest airports. */
  readonly homes: readonly string[];
}

/** The route under the `at`-th flight, when flights are lined up by route. */
export function routeOfFlight(world: World, at: number): Route {
  let low = 0;
  let high = world.flightsUpTo.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((world.flightsUpTo[middle] as number) > at) high = middle;
    else low = middle + 1;
  }
  return world.routes[low] as Route;
}
