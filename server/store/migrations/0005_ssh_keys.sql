-- How accounts log in over SSH: public keys, and what they have to show.

-- A public key of an account.
create table ssh_key (
    id text not null primary key,
    account_id text not null references account (id) on delete cascade,
    -- as ssh-keygen -l writes it: SHA256:...
    fingerprint text not null,
    -- as in authorized_keys: algorithm, key in base64
    algorithm text not null,
    public_key text not null,
    -- whatever its owner calls it
    comment text not null,
    created_at bigint not null,
    -- null until somebody logged in with it
    last_used_at bigint null,
    unique (account_id, fingerprint)
);

-- what a login over SSH has to show; one-time codes come on top
alter table account add column ssh_auth text not null default 'any'
    check (ssh_auth in ('any', 'key', 'key+password'));
-- secret of the one-time codes (RFC 6238) in base32, as authenticator apps take it; null: none needed
alter table account add column totp_secret text null;
-- the span of 30 seconds of the last code that was taken: no code is good twice
alter table account add column totp_step bigint not null default 0;
