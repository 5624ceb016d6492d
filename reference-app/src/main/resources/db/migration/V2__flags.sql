-- Sets of flags, each with an order of changes of its own: what is said in feature-flags/SPEC.md.

create table flag_set (
  name     text   primary key,
  revision bigint not null, -- whoever commits holds the row's lock, so there are no gaps
  document json   not null  -- not jsonb: as it was written, members in order
);

create table flag_change (
  set_name     text        not null references flag_set (name),
  revision     bigint      not null,
  kind         text        not null check (kind in ('document', 'flag', 'kill', 'unkill', 'trip')),
  author       text        not null,
  reason       text        not null,
  whole        boolean     not null, -- changed something besides flags, so a delta of flags is not all
  trace_parent text        not null,
  committed_at timestamptz not null default clock_timestamp(),
  primary key (set_name, revision)
);

create table flag_edit (
  set_name  text   not null,
  revision  bigint not null,
  key       text   not null,
  old_value json,  -- null: it was not there
  new_value json,  -- null: it is gone
  primary key (set_name, revision, key),
  foreign key (set_name, revision) references flag_change (set_name, revision)
);
create index flag_edit_by_key on flag_edit (set_name, key, revision);

-- What release guards have decided, with their evidence.
create table flag_trip (
  id          bigint      generated always as identity primary key,
  set_name    text        not null references flag_set (name),
  key         text        not null,
  variant     text        not null,
  action      text        not null,
  decision    json        not null,
  received_at timestamptz not null default clock_timestamp(),
  revision    bigint,     -- of the change it led to, null for none
  outcome     text        not null check (outcome in ('acted', 'told', 'too-late', 'no-change'))
);
create index flag_trip_by_key on flag_trip (set_name, key, id);
