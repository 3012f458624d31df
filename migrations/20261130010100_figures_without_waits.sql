-- What support's overview tells apart: how a firm gives access, what stopped it on its way, and how
-- many seconds it waited at each stage before the last, by the stage's place.
alter table queue_line
    add column access_way text,
    add column met text[] not null default '{}',
    add column waited_seconds bigint[] not null default '{0,0,0,0,0,0,0}'
        check (cardinality(waited_seconds) = 7);

update queue_line l
set met = array[l.situation],
    access_way = (
        select c.access_way from connection c
        where c.firm_id = l.firm_id and c.connection_id = l.connection_id
    );

drop index queue_line_by_start;
drop index queue_line_by_completion;
create index queue_line_by_start on queue_line (started_at)
    include (furthest, situation, progress_at, completed_at, access_way, met);
create index queue_line_by_completion on queue_line (completed_at, line_id)
    include (started_at, access_way, met, waited_seconds)
    where completed_at is not null;
