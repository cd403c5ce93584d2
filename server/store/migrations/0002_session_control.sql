-- What operators do to sessions: bans, IP rules, messages, and more to say about it in the audit log.

-- An address that is turned away until a certain time.
create table ban (
    id text not null primary key,
    -- an address, a network or a range, as wharf_model::addresses writes it
    address text not null,
    -- null: the whole server; a ban of an account has the account's domain here too
    domain_id text null references domain (id) on delete cascade,
    account_id text null references account (id) on delete cascade,
    origin text not null check (origin in ('kick', 'hand')),
    reason text not null,
    -- login or token name, as it was at that time
    created_by text not null,
    created_at bigint not null,
    expires_at bigint not null,
    -- how often it turned somebody away; written now and then, so a crash loses a few
    hits bigint not null default 0,
    last_hit_at bigint null
);

-- A line of an IP rule list. The list is that of the server, of a domain or of an account, as for bans.
create table ip_rule (
    id text not null primary key,
    domain_id text null references domain (id) on delete cascade,
    account_id text null references account (id) on delete cascade,
    -- order within the list; gaps and negative numbers are fine, so that a rule put first moves no other
    rank bigint not null,
    action text not null check (action in ('allow', 'deny')),
    address text not null,
    comment text not null,
    created_by text not null,
    created_at bigint not null,
    hits bigint not null default 0,
    last_hit_at bigint null
);

-- A message between an operator and the user of a session. No foreign keys: it outlives session and account.
create table chat_message (
    id text not null primary key,
    session_id text not null,
    -- whose it was when the message was sent; null before login
    domain_id text null,
    login text null,
    domain text null,
    ip text not null,
    at bigint not null,
    side text not null check (side in ('user', 'operator')),
    -- who wrote it: operator or login
    who text not null,
    text text not null,
    state text not null check (state in ('queued', 'delivered', 'undelivered')),
    -- the broadcast it belongs to
    broadcast_id text null,
    -- whether an operator has read it; those of operators are read from the start
    seen bigint not null check (seen in (0, 1))
);

create index chat_message_session on chat_message (session_id);
create index chat_message_broadcast on chat_message (broadcast_id);

alter table audit add column reason text not null default '';
-- JSON, how it was before and after, where something was changed
alter table audit add column before_state text null;
alter table audit add column after_state text null;

create index audit_actor on audit (actor);
