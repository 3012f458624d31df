-- A row of `work` that ended and is put again started its lease numbers again, so that a worker that held one
-- of the earlier row held it again. All rows count together now.
create sequence work_fence;
select setval('work_fence', greatest(max(fence), 1)) from work;
comment on column work.fence is 'The number of the last lease, of all rows: a worker with an earlier one changes nothing.';
