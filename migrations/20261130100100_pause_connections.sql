-- A firm may pause its connection, also one that is broken: nothing is read, applied or
-- looked at until it resumes.
alter table connection
    add column paused_at timestamptz,
    add column paused_by text,
    add constraint connection_pause_whole check ((paused_at is null) = (paused_by is null));

-- An incident ends when none of the looks that found it finds it any more.
alter table incident add column found_by text[];
update incident set found_by = array[subject];
alter table incident
    alter column found_by set not null,
    drop column subject,
    add column end_told_at timestamptz; -- when the firm was written to about its end
update incident set end_told_at = ended_at where told_at is not null;

-- Whether events of a gap may be lost, so that only reading everything proves our copy.
alter table reconcile add column gap_lost boolean;
update reconcile set gap_lost = true where gap_from is not null;
alter table reconcile
    drop constraint reconcile_gap_whole,
    add constraint reconcile_gap_whole
        check ((gap_from is null) = (gap_to is null) and (gap_from is null) = (gap_lost is null));
