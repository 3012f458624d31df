-- Three firms with a connected company (1, 2 and 3 of `connected.sql`), whose admins are the people of the seed
-- with the same numbers, and their projects: one in ten integrated, one in five not ready, the rest ready.
insert into membership (firm_id, person_id, joined_at)
select ('00000000-0000-7000-b000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, now()
from generate_series(1, 3) as n;

insert into project (firm_id, connection_id, project_id, name, number, stage, is_active, is_template,
                     look_due_at, looked_at, tools, readiness, reasons, state, settings, integrated_at,
                     last_event_at, last_copy_at, reconciled_at, is_new)
select firm, firm, 900000000 + place, 'Harbor Tower ' || place, to_char(place, 'FM00000'),
       'Course of Construction', true, false, now() + interval '7 days', now() - interval '1 hour', '[]',
       case when place % 5 = 1 then 'not_ready' else 'ready' end,
       case when place % 5 = 1
            then (array[
                '[{"code": "PC-PROJECT-TOOL", "tool": "rfis", "data_sets": ["rfis"]}]',
                '[{"code": "PC-PROJECT-TOOL", "tool": "rfis", "data_sets": ["rfis"]},
                  {"code": "PC-PROJECT-TOOL", "tool": "submittals", "data_sets": ["submittals"]}]',
                '[{"code": "PC-PROJECT-TOOL", "tool": "drawings", "data_sets": ["drawings"]}]'
            ])[1 + place / 5 % 3]::jsonb
            else '[]'::jsonb end,
       case when place % 10 = 0 then 'integrated' end,
       case when place % 10 = 0 then '[{"data_set": "rfis"}]'::jsonb end,
       case when place % 10 = 0 then now() end,
       case when place % 10 = 0 then now() end,
       case when place % 10 = 0 then now() end,
       case when place % 10 = 0 then now() end,
       false
from (values (1, $FEW), (2, $SOME), (3, $MANY)) as sizes (n, size)
cross join lateral (select ('00000000-0000-7000-b000-' || lpad(to_hex(n), 12, '0'))::uuid as firm) as ids
cross join lateral generate_series(1, size) as place;

-- What the worker would do within a minute.
insert into project_count (firm_id, connection_id, shown_as, state, is_usable, amount)
select firm_id, connection_id, shown_as, state, is_usable, sum(amount)
from project_change
group by 1, 2, 3, 4, 5;
delete from project_change;
