-- How a person wants the panel: null is as the browser has it.

-- code of a language: de
alter table person add column language text null;
-- name in the IANA database: Europe/Berlin
alter table person add column time_zone text null;
