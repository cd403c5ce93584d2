-- What was deleted and can be brought back for a while.

-- Something somebody deleted, with all that belonged to it.
create table deletion (
    id text not null primary key,
    at bigint not null,
    -- login or token name, as it was at that time
    deleted_by text not null,
    kind text not null check (kind in ('account', 'domain', 'person')),
    -- what it was called: login@domain, domain, login
    name text not null,
    -- when it is removed for good
    expires_at bigint not null
);

-- null while it is there; deleted rows keep their names from being taken
alter table person add column deletion_id text null references deletion (id);
alter table domain add column deletion_id text null references deletion (id);
alter table account add column deletion_id text null references deletion (id);

create index person_deletion on person (deletion_id);
create index domain_deletion on domain (deletion_id);
create index account_deletion on account (deletion_id);
