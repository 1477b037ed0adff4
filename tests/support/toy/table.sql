create table toys_toy (
  id serial primary key,
  uuid uuid not null unique,
  name varchar(100) not null,
  project_id integer not null references projects_project (id) deferrable initially deferred,
  code varchar(20) unique,
  recipe varchar(200) not null,
  box_key varchar(40) not null unique,
  is_available boolean not null
);
