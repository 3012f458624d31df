-- When the person last signed in, all they need included. Only somebody who did before is told of a
-- new device.
alter table person add column signed_in_at timestamptz;
