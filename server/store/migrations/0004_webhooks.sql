-- Addresses that are told what happens, and what is on its way to them.

create table webhook (
    id text not null primary key,
    url text not null,
    -- JSON list of event names; empty: everything
    events text not null,
    -- base64 of the key that signatures are made with. In clear: a hash of it could sign nothing
    secret text not null,
    enabled bigint not null check (enabled in (0, 1)),
    -- login or token name, as it was at that time
    created_by text not null,
    created_at bigint not null,
    -- since when every attempt has failed; null: the last one arrived, or there was none
    failing_since bigint null,
    -- events that were not kept because too many waited
    dropped bigint not null default 0,
    -- the last attempt: when, status of the answer, what went wrong
    last_at bigint null,
    last_status bigint null,
    last_error text null
);

-- One event on its way to one webhook.
create table webhook_delivery (
    id text not null primary key,
    webhook_id text not null references webhook (id) on delete cascade,
    event text not null,
    -- exactly what is sent and signed, at each attempt the same
    body text not null,
    state text not null check (state in ('waiting', 'delivered', 'given_up')),
    created_at bigint not null,
    attempts bigint not null default 0,
    due_at bigint not null,
    last_at bigint null,
    last_status bigint null,
    last_error text null
);

create index webhook_delivery_due on webhook_delivery (webhook_id, state, due_at);
