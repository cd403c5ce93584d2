-- Bearer tokens that people make for themselves.

-- whose it is, and whose rights it has; null: the house's
alter table api_token add column person_id text null references person (id) on delete cascade;

create index api_token_person on api_token (person_id);
