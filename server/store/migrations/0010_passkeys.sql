-- Passkeys (WebAuthn): what people sign in to the panel with instead of password and code.

-- A passkey of a person.
create table passkey (
    id text not null primary key,
    person_id text not null references person (id) on delete cascade,
    -- what its owner calls it
    name text not null,
    -- the address of the panel it was made at, such as https://panel.example.com; it is good nowhere else
    origin text not null,
    -- what authenticators call it, in base64url
    credential_id text not null unique,
    -- JSON: public key, counter, whether it is backed up
    credential text not null,
    created_at bigint not null,
    -- null until somebody signed in with it
    last_used_at bigint null
);

create index passkey_person on passkey (person_id);

-- the passkey that was shown, also when that is gone by now; null where the password was
alter table panel_session add column passkey_id text null;
