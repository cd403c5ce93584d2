-- The panel: what operators set for it, sign-ins that are remembered when they are over, one-time codes of people.

-- What operators set for the whole server, a row a topic.
create table setting (
    name text not null primary key,
    -- JSON
    value text not null
);

-- who signed in as this person, and from which session; null where the person did it
alter table panel_session add column actor_id text null references person (id) on delete cascade;
alter table panel_session add column actor_session_id text null references panel_session (id) on delete set null;
-- null while it lasts; it stays for a while then, so that people see who signed in when
alter table panel_session add column ended_at bigint null;
-- a word of SessionEnd; null while it lasts
alter table panel_session add column ended_why text null;

create index panel_session_ended on panel_session (ended_at);

-- as for accounts: base32, null where no codes are asked for, and the last span of 30 seconds a code was taken of
alter table person add column totp_secret text null;
alter table person add column totp_step bigint not null default 0;

-- One-time codes for who has lost the device that makes them.
create table recovery_code (
    -- hex SHA-256 of person and code
    hash text not null primary key,
    person_id text not null references person (id) on delete cascade
);

create index recovery_code_person on recovery_code (person_id);
