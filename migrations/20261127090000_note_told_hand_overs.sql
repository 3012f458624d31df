-- When whoever asked was told that the checks pass, although the colleague never said *Done*.
alter table hand_over add column told_at timestamptz;
