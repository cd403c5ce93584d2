-- Users whom a domain does not know itself.

-- Who is asked about a login that the domain has no account of. Who is let in gets an account of the type
-- 'not_registered', whose password_hash is no hash: it names the revision of the source that let it in.
create table user_source (
    domain_id text not null primary key references domain (id) on delete cascade,
    -- JSON: the kind of source, and how it is asked
    source text not null,
    -- JSON object of what those who come from there may do with files
    permissions text not null,
    -- another one with each change, so that a login under way sees that it was let in by what is no more
    revision text not null
);
