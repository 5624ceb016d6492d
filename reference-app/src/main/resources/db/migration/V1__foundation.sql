-- The truth. Redis holds nothing that cannot be made again from these tables.

create table scope (
  id        bigint generated always as identity primary key,
  level     text   not null,
  key       text   not null,
  name      text   not null,
  parent_id bigint references scope (id),
  priority  int    not null default 0,
  revision  bigint not null default 0, -- of the last change that edited its profile
  unique (level, key)
);
create index scope_by_name on scope ((level || ':' || key)); -- many are looked up at once
create index scope_by_parent on scope (parent_id, level, key);

insert into scope (level, key, name) values ('global', 'all', 'All companies');

-- The groups that a vehicle or a device is in.
create table membership (
  group_id  bigint not null references scope (id),
  member_id bigint not null references scope (id),
  primary key (group_id, member_id)
);
create index membership_by_member on membership (member_id);

-- The scopes above each device and itself, flattened: whom a profile reaches is one index range.
create table device_path (
  scope_id  bigint not null references scope (id),
  device_id bigint not null references scope (id),
  primary key (scope_id, device_id)
);
create index device_path_by_device on device_path (device_id);

create table setting (
  key         text  primary key,
  position    bigint generated always as identity,
  declaration jsonb not null
);

create table entry (
  scope_id bigint not null references scope (id),
  key      text   not null,
  value    jsonb  not null,
  revision bigint not null,
  author   text   not null,
  primary key (scope_id, key)
);

-- One row. Whoever commits holds its lock until the end, so revisions are in the order of commits
-- and have no gaps.
create table clock (
  one       boolean primary key default true check (one),
  revision  bigint not null,
  catalogue bigint not null -- goes up with each change of the settings' declarations
);
insert into clock (revision, catalogue) values (0, 0);

create table change (
  revision     bigint primary key,
  kind         text        not null check (kind in ('settings', 'fleet')),
  author       text        not null,
  reason       text        not null,
  trace_parent text        not null,
  committed_at timestamptz not null default clock_timestamp(),
  targets      int         not null -- devices below the scopes edited, at commit
);

create table change_scope (
  revision      bigint not null references change (revision),
  scope_id      bigint not null references scope (id),
  from_revision bigint not null, -- of the profile, before
  primary key (scope_id, revision)
);
create index change_scope_by_revision on change_scope (revision);

create table change_edit (
  revision  bigint not null references change (revision),
  scope_id  bigint not null references scope (id),
  key       text   not null,
  old_value jsonb,
  new_value jsonb,
  primary key (revision, scope_id, key)
);

-- Devices whose path a fleet change touched.
create table change_device (
  revision  bigint not null references change (revision),
  device_id bigint not null references scope (id),
  primary key (revision, device_id)
);
create index change_device_by_device on change_device (device_id, revision);

-- Committed, not yet in the Redis Stream.
create table outbox (
  revision bigint primary key
);

-- What is known of a device from its connection and its acks.
create table device_state (
  device_id          bigint primary key references scope (id),
  node               text, -- the gateway it hangs on, null while it is away
  seen_at            timestamptz,
  software           text   not null default '',
  received_revision  bigint not null default 0,
  effective_revision bigint not null default 0,
  fingerprint        text   not null default '',
  refusal            jsonb, -- why it will not run what it received, null if it does
  enrolled_revision  bigint not null, -- no change before it was for this device
  path_revision      bigint not null  -- of the last fleet change that touched its path
);
create index device_state_by_node on device_state (node);

-- The nodes. One that has not been seen for ten seconds is dead, and so are its connections.
create table gateway (
  node    text        primary key,
  seen_at timestamptz not null
);

create view device_now as
select st.*, coalesce(g.seen_at > now() - interval '10 seconds', false) as connected
from device_state st left join gateway g on g.node = st.node;

-- Whom a change was for. A device is here twice if two scopes above it were edited.
create view change_target as
select cs.revision, p.device_id
from change_scope cs
join device_path p on p.scope_id = cs.scope_id
join device_state st on st.device_id = p.device_id and st.enrolled_revision <= cs.revision
union all
select revision, device_id from change_device;

-- Who got a change when; a row for each stage would cost as much and say less.
create table convergence (
  revision     bigint not null,
  device_id    bigint not null,
  received_at  timestamptz,
  effective_at timestamptz,
  refusal      text,
  primary key (revision, device_id)
);
