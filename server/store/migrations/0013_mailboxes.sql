-- Mailbox owners: people who sign in with the address and the password of an account. In the column role they are
-- customers, for its list of words is closed (0001); whoever reads a person looks at account_id first.

alter table person add column account_id text null references account (id) on delete cascade;
-- the account's, which never changes
alter table person add column domain_id text null references domain (id) on delete cascade;

create unique index person_account on person (account_id);
