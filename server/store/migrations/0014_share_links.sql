-- Links by which people without an account get at a file or a folder of one.

create table share_link (
    id text not null primary key,
    account_id text not null references account (id) on delete cascade,
    -- what the address of the link ends in; its owner sees it again
    secret text not null unique,
    -- percent-encoded, in the home of the account
    path text not null,
    kind text not null check (kind in ('download', 'upload')),
    -- null: none is asked for
    password_hash text null,
    -- null: it does not end by itself
    expires_at bigint null,
    -- null: as often as anybody likes
    uses_most bigint null,
    uses bigint not null default 0,
    created_at bigint not null,
    last_used_at bigint null
);

create index share_link_account on share_link (account_id);
