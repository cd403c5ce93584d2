-- Limits that hold for every account below a person or a domain: a JSON object as in account.limits.

alter table person add column limits text not null default '{}';
alter table domain add column limits text not null default '{}';
