-- A row of `work` that ended and is put again began to count its leases anew, so that whoever held one
-- of the earlier row held it again. All rows count together now.
create sequence work_fence;
select setval('work_fence', greatest(max(fence), 1)) from work;
comment on column work.fence is 'The number of the last lease, of all rows: whoever held an earlier one changes nothing.';
