-- What TLS has to do with a domain and its accounts.

-- PEM files of the domain's own certificate and its key; null: the server's. Paths, not contents: whoever renews the
-- certificate replaces the files
alter table domain add column certificate_file text null;
alter table domain add column certificate_key_file text null;
-- whether its accounts may log in and move files under TLS only
alter table domain add column require_tls bigint not null default 0 check (require_tls in (0, 1));

-- JSON list of hex SHA-256 of the client certificates an account logs in with, beside its password; empty: none needed
alter table account add column client_certificates text not null default '[]';
