-- One text for SQLite and PostgreSQL. Ids are UUIDv7 as text, so they sort by age. Times are milliseconds since the
-- Unix epoch, UTC. Truth values are 0 and 1: sqlx's Any driver knows no common boolean. JSON is text: it is read and
-- written whole and never queried into.

-- Who signs in to the panel.
create table person (
    id text not null primary key,
    -- stored lower-case: nobody should have to remember how a login was capitalised
    login text not null unique,
    display_name text not null,
    role text not null check (role in ('administrator', 'auditor', 'reseller', 'customer')),
    -- a customer's reseller; restrict, so that deleting a reseller never orphans customers by accident
    parent_id text null references person (id) on delete restrict,
    -- Argon2id in PHC string format
    password_hash text not null,
    enabled bigint not null check (enabled in (0, 1)),
    created_at bigint not null,
    -- null until the first sign-in
    last_login_at bigint null
);

-- a reseller's scope is looked up with every page
create index person_parent on person (parent_id);

-- A signed-in browser.
create table panel_session (
    id text not null primary key,
    -- hex SHA-256 of the cookie's token: whoever reads this table cannot sign in with it
    token_hash text not null unique,
    -- sessions of a deleted person end with the person
    person_id text not null references person (id) on delete cascade,
    created_at bigint not null,
    -- what a person did; polling and the live socket do not count
    last_active_at bigint not null,
    -- the end however active it is
    expires_at bigint not null,
    -- where the sign-in came from, for the list of panel sessions
    ip text not null,
    user_agent text not null
);

create index panel_session_person on panel_session (person_id);

-- A hosted domain.
create table domain (
    id text not null primary key,
    -- stored lower-case: DNS names are compared without case (RFC 4343)
    name text not null unique,
    -- null: it belongs to the house; set null, so that a customer who leaves takes no files along
    owner_id text null references person (id) on delete set null,
    -- absolute directory all homes of the domain lie in
    root text not null,
    enabled bigint not null check (enabled in (0, 1)),
    -- sessions at once over all accounts; null is no limit
    session_limit bigint null,
    created_at bigint not null
);

create index domain_owner on domain (owner_id);

-- A transfer account: who signs in with FTP, SFTP, the file client or WebDAV.
create table account (
    id text not null primary key,
    domain_id text not null references domain (id) on delete cascade,
    -- with case, as in Unix; the same login may exist in several domains
    login text not null,
    -- how the type column names it, e.g. 'web_user'; no check, because the list grows with the user sources
    user_type text not null,
    -- Argon2id in PHC string format
    password_hash text not null,
    -- relative to the domain's root, so that a domain can be moved by changing one row
    home text not null,
    -- JSON object of what it may do with files
    permissions text not null,
    -- JSON object of how much it may do; a missing key is no limit
    limits text not null,
    enabled bigint not null check (enabled in (0, 1)),
    -- null never expires
    expires_at bigint null,
    -- bytes in files below the home as last counted; the quota is checked against it
    used_bytes bigint not null default 0,
    created_at bigint not null,
    -- null until the first login
    last_login_at bigint null,
    unique (domain_id, login)
);

-- a bare login is looked up over all domains
create index account_login on account (login);

-- A bearer token of the REST interface.
create table api_token (
    id text not null primary key,
    -- what the operator calls it
    name text not null unique,
    -- hex SHA-256 of the token, which is shown once and kept nowhere
    token_hash text not null unique,
    role text not null check (role in ('administrator', 'auditor', 'reseller', 'customer')),
    created_at bigint not null,
    -- null until first used
    last_used_at bigint null,
    -- null while it works; a revoked token stays listed for the audit log's sake
    revoked_at bigint null
);

-- Who did what. No foreign keys: an entry outlives whom and what it names.
create table audit (
    id text not null primary key,
    at bigint not null,
    -- login, token name or 'system', as it was at that time
    actor text not null,
    -- null when nobody was connected, e.g. on the command line
    actor_ip text null,
    -- dotted, e.g. 'session.kick'
    action text not null,
    target text not null,
    -- JSON, whatever belongs to the action; never a secret
    detail text not null,
    result text not null
);

create index audit_at on audit (at);
