// How far apart the ends of each route are, over the surface of the earth. In TypeScript because it is a formula over pairs
// of rows that reads better as code; a model like any other: tested, published, and read with ref('route_distances').
import { defineModel, ref } from "mesh-elt";

const EARTH_RADIUS_KM = 6_371.0088;
const MILES_PER_KM = 0.621371192;

interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** The haversine formula: exact enough everywhere, also for places close to each other. */
function greatCircleKm(from: Place, to: Place): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const halfLatitude = Math.sin(radians(to.latitude - from.latitude) / 2) ** 2;
  const halfLongitude = Math.sin(radians(to.longitude - from.longitude) / 2) ** 2;
  const h = halfLatitude + Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * halfLongitude;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(h));
}

const oneDigit = (value: number) => Math.round(value * 10) / 10;

export default defineModel({
  columns: {
    route_id: { type: "varchar", description: "Such as ATL-SAV." },
    kilometres: { type: "double", description: "Great-circle distance." },
    miles: { type: "double", description: "The same in miles." },
  },
  // What it reads. Each arrives below under its name, as a stream of rows.
  deps: { airports: ref("stg_airports"), routes: ref("stg_routes") },
  async *rows({ airports, routes }) {
    const places = new Map<string, Place>();
    for await (const { iata, latitude, longitude } of airports) {
      places.set(String(iata), { latitude: Number(latitude), longitude: Number(longitude) });
    }
    for await (const { route_id, origin, destination } of routes) {
      const from = places.get(String(origin));
      const to = places.get(String(destination));
      // A test on raw_routes has made sure that both are there.
      if (!from || !to) throw new Error("a route has an airport that the catalog does not know");
      const kilometres = greatCircleKm(from, to);
      yield { route_id, kilometres: oneDigit(kilometres), miles: oneDigit(kilometres * MILES_PER_KM) };
    }
  },
});
