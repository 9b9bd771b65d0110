// Owns the tables of the example services, as their own migrations would make them.

/** database -> its statements. */
export const POSTGRES_SCHEMAS = {
  flights_db: [
    `create table flights (
       flight_id bigint primary key,
       departed_at timestamp not null,
       origin text not null,
       destination text not null,
       delay_minutes integer not null,
       distance_miles integer not null
     )`,
  ],
  customers_db: [
    `create table customers (
       customer_id bigint primary key,
       full_name text not null,
       email text not null unique,
       birth_date date not null,
       home_airport text not null,
       marketing_consent boolean not null,
       created_at timestamptz not null,
       updated_at timestamptz not null
     )`,
  ],
  bookings_db: [
    `create table bookings (
       booking_id bigint primary key,
       customer_id bigint not null,
       route_id text not null,
       travel_date date not null,
       seats integer not null,
       amount numeric(12, 2) not null,
       currency text not null,
       status text not null,
       booked_at timestamptz not null,
       updated_at timestamptz not null
     )`,
    `create table booking_extras (
       extra_id bigint primary key,
       booking_id bigint not null references bookings,
       kind text not null,
       amount numeric(12, 2) not null
     )`,
  ],
  payments_db: [
    `create table payments (
       payment_id bigint primary key,
       booking_id bigint not null,
       method text not null,
       card_number text,
       amount numeric(12, 2) not null,
       currency text not null,
       paid_at timestamptz not null
     )`,
    `create table refunds (
       refund_id bigint primary key,
       payment_id bigint not null references payments,
       amount numeric(12, 2) not null,
       refunded_at timestamptz not null
     )`,
  ],
} as const;

export type PostgresDatabase = keyof typeof POSTGRES_SCHEMAS;

export const CATALOG_SCHEMA = `
  create table airports (
    iata text primary key, name text not null, city text not null, state text not null, country text not null,
    latitude real not null, longitude real not null
  );
  create table routes (
    route_id text primary key, origin text not null references airports, destination text not null references airports,
    opened_on text not null
  );`;

export const LOYALTY_SCHEMA = [
  "drop table if exists members",
  `create table members (
     member_id bigint unsigned primary key, customer_id bigint not null, tier varchar(10) not null,
     points int not null, updated_at datetime(6) not null
   )`,
] as const;
