use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_700_000_000 + seconds)
}

fn headers(limit: u32, remaining: u32, reset: i64) -> RateHeaders {
    RateHeaders {
        limit: Some(limit),
        remaining: Some(remaining),
        reset: Some(at(reset)),
        server_date: None,
        status: Some(200),
    }
}

fn wait(until: i64, reason: WaitReason) -> Wait {
    Wait {
        until: at(until),
        reason,
    }
}

fn admitted(budget: &mut Budget, urgency: Urgency, now: DateTime<Utc>) -> usize {
    (0..10_000)
        .take_while(|_| budget.acquire(urgency, now) == Admission::Go)
        .count()
}

#[test]
fn an_unknown_window_is_approached_slowly() {
    let mut budget = Budget::default();
    assert_eq!(admitted(&mut budget, Urgency::Background, at(0)), 8);
    let half_a_second = at(0) + TimeDelta::milliseconds(500);
    assert_eq!(
        budget.acquire(Urgency::Background, at(0)),
        Admission::after(half_a_second)
    );
    assert_eq!(admitted(&mut budget, Urgency::Background, at(1)), 2);
}

#[test]
fn a_known_window_is_spent_without_pacing_and_leaves_a_reserve() {
    let mut budget = Budget::default();
    budget.acquire(Urgency::Background, at(0));
    budget.observe(headers(600, 599, 3600), at(0));
    assert_eq!(admitted(&mut budget, Urgency::Background, at(0)), 539);
    assert_eq!(
        budget.acquire(Urgency::Background, at(0)),
        Admission::after(at(3600))
    );
    assert_eq!(admitted(&mut budget, Urgency::Waiting, at(0)), 60);
    assert_eq!(
        budget.acquire(Urgency::Waiting, at(0)),
        Admission::after(at(3600))
    );
    assert_eq!(budget.acquire(Urgency::Waiting, at(3600)), Admission::Go);
}

#[test]
fn the_hour_is_counted_where_procore_shows_only_its_short_window() {
    let mut budget = Budget::default().assuming(600);
    let mut made = 0;
    for round in 0..40 {
        let now = at(round * 10);
        while budget.acquire(Urgency::Background, now) == Admission::Go {
            made += 1;
            budget.observe(headers(25, 24, round * 10 + 10), now);
        }
    }
    assert_eq!(made, 540, "a tenth is left for people");
    let over = Admission::after(at(3600));
    assert_eq!(budget.acquire(Urgency::Background, at(400)), over);
    for _ in 0..100 {
        assert_eq!(budget.acquire(Urgency::Waiting, at(400)), Admission::Go);
        budget.observe(RateHeaders::default(), at(400)); // a failed call counts, too
        budget.spike = None;
        budget.pace = None;
    }
    assert_eq!(budget.acquire(Urgency::Background, at(3599)), over);
    assert_eq!(budget.acquire(Urgency::Background, at(3600)), Admission::Go);
}

#[test]
fn a_limit_that_procore_named_is_remembered_beyond_its_hour() {
    let mut budget = Budget::default().assuming(3600);
    budget.acquire(Urgency::Background, at(0));
    budget.observe(headers(100, 20, 1200), at(0));
    assert_eq!(admitted(&mut budget, Urgency::Background, at(0)), 10);
    assert_eq!(
        budget.acquire(Urgency::Background, at(0)),
        Admission::after(at(1200))
    );
    let stored = serde_json::to_value(&budget).unwrap();
    let stored: Budget = serde_json::from_value(stored).unwrap();
    let week = REMEMBERED.num_seconds();
    for (now, limit) in [(1200, 100), (week, 100), (week + 1, 3600)] {
        let mut budget = stored.clone().assuming(3600);
        budget.acquire(Urgency::Background, at(now));
        assert_eq!(budget.hour.map(|hour| hour.limit), Some(limit), "{now}");
    }
}

#[test]
fn a_short_window_with_an_odd_reset_is_no_hour() {
    let (short, odd) = (headers(25, 20, 10), headers(25, 3, 1800));
    for told in [[short, odd], [odd, short]] {
        let mut budget = Budget::default().assuming(3600);
        for headers in told {
            budget.acquire(Urgency::Waiting, at(0));
            budget.observe(headers, at(0));
        }
        assert!(admitted(&mut budget, Urgency::Waiting, at(0)) > 8);
        assert_eq!(budget.acquire(Urgency::Waiting, at(10)), Admission::Go);
        budget.observe(headers(25, 24, 20), at(10));
        assert_eq!(budget.hour.map(|hour| hour.limit), Some(3600));
    }
}

#[test]
fn an_hour_that_is_nearly_over_is_not_taken_for_the_short_window() {
    let (short, week) = (headers(25, 20, 10), REMEMBERED.num_seconds());
    let (named, nearly_over) = (headers(600, 40, 3600), headers(600, 3, 3608));
    let much_later = headers(600, 2, week + 4008);
    for (told, what) in [
        (
            &[(named, 0), (headers(600, 3, 3600), 3591)][..],
            "the hour that is known",
        ),
        (
            &[(short, 0), (named, 0), (nearly_over, 3600)],
            "a limit named for an hour",
        ),
        (
            &[(short, 0), (much_later, week + 4000)],
            "far too much for ten seconds",
        ),
    ] {
        let mut budget = Budget::default().assuming(3600);
        let mut end = at(0);
        for (headers, now) in told {
            (budget.pace, end) = (None, headers.reset.unwrap());
            assert_eq!(budget.acquire(Urgency::Waiting, at(*now)), Admission::Go);
            budget.observe(*headers, at(*now));
        }
        let hour = budget.hour.clone().unwrap();
        assert_eq!((hour.limit, hour.ends), (600, end), "{what}");
        assert_eq!(
            budget.hourly_limit.map(|named| named.calls),
            Some(600),
            "{what}"
        );
        assert_ne!(budget.spike_limit, Some(600), "{what}");
        // The short window shows itself again, and the next hour keeps to its limit.
        budget.observe(
            RateHeaders {
                reset: Some(end + SPIKE),
                ..short
            },
            end,
        );
        budget.acquire(Urgency::Background, end);
        assert_eq!(budget.hour.map(|hour| hour.limit), Some(600), "{what}");
    }
}

#[test]
fn a_short_window_that_allows_more_than_before_is_no_hour() {
    let mut budget = Budget::default().assuming(3600);
    for (limit, reset) in [(25, 10), (100, 20)] {
        budget.acquire(Urgency::Waiting, at(reset - 10));
        budget.observe(headers(limit, limit - 1, reset), at(reset - 10));
    }
    assert_eq!(budget.spike_limit, Some(100));
    assert_eq!(budget.hour.map(|hour| hour.limit), Some(3600));
}

#[test]
fn a_limit_of_nothing_says_nothing() {
    for reset in [10, 1800] {
        let mut budget = Budget::default().assuming(3600);
        budget.acquire(Urgency::Waiting, at(0));
        budget.observe(headers(0, 0, reset), at(0));
        assert_eq!(budget.acquire(Urgency::Waiting, at(0)), Admission::Go);
    }
}

#[test]
fn a_window_of_one_call_is_usable() {
    let mut budget = Budget::default();
    budget.observe(headers(1, 1, 10), at(0));
    assert_eq!(admitted(&mut budget, Urgency::Background, at(0)), 1);
}

#[test]
fn nothing_left_stops_everybody_until_the_reset() {
    let mut budget = Budget::default();
    budget.observe(headers(25, 0, 7), at(0));
    assert_eq!(
        budget.acquire(Urgency::Waiting, at(6)),
        Admission::after(at(7))
    );
    assert_eq!(budget.acquire(Urgency::Waiting, at(7)), Admission::Go);
}

#[test]
fn calls_under_way_count_against_a_window_that_just_began() {
    let mut budget = Budget::default();
    for _ in 0..4 {
        assert_eq!(budget.acquire(Urgency::Waiting, at(0)), Admission::Go);
    }
    budget.observe(headers(5, 4, 10), at(0)); // three are still under way
    assert_eq!(admitted(&mut budget, Urgency::Waiting, at(0)), 1);
}

#[test]
fn both_windows_hold_and_answers_may_arrive_out_of_order() {
    let mut budget = Budget::default();
    budget.observe(headers(600, 100, 3600), at(0));
    budget.observe(headers(25, 2, 10), at(0));
    budget.observe(headers(25, 3, 10), at(0)); // older than the line above
    assert_eq!(admitted(&mut budget, Urgency::Waiting, at(0)), 2);
    budget.observe(headers(25, 25, 20), at(10));
    budget.observe(headers(25, 0, 10), at(10)); // of the window before
    assert_eq!(admitted(&mut budget, Urgency::Waiting, at(10)), 24); // one was under way
}

#[test]
fn a_wait_that_procore_asked_for_keeps_its_reason() {
    let busy = wait(30, WaitReason::Busy);
    let mut budget = Budget::default();
    budget.block(busy);
    budget.block(wait(20, WaitReason::Rate));
    let stored = serde_json::to_value(&budget).unwrap();
    let mut budget: Budget = serde_json::from_value(stored).unwrap();
    for urgency in [Urgency::Waiting, Urgency::Background] {
        assert_eq!(budget.acquire(urgency, at(29)), Admission::Wait(busy));
    }
}

#[test]
fn a_block_outlasts_an_earlier_one_and_ends() {
    let mut budget = Budget::default();
    budget.block(wait(30, WaitReason::Rate));
    budget.block(wait(20, WaitReason::Rate));
    assert_eq!(
        budget.acquire(Urgency::Waiting, at(29)),
        Admission::after(at(30))
    );
    assert_eq!(budget.acquire(Urgency::Waiting, at(30)), Admission::Go);
}

#[test]
fn calls_of_a_dead_process_are_forgotten_even_while_others_go_on() {
    let mut budget = Budget::default();
    for _ in 0..4 {
        budget.acquire(Urgency::Waiting, at(0)); // and never heard of again
    }
    let ends = [10, 20, 30, 40, 50, 60, 70];
    let mut left = Vec::new();
    for end in ends {
        budget.acquire(Urgency::Waiting, at(end));
        budget.observe(headers(6, 5, end + 10), at(end));
        left.push(admitted(&mut budget, Urgency::Waiting, at(end)));
        for _ in 0..left[left.len() - 1] {
            budget.observe(RateHeaders::default(), at(end));
        }
    }
    assert_eq!(left, [1, 1, 1, 1, 1, 5, 5]);
}

#[test]
fn the_wait_follows_procores_clock_not_ours() {
    let theirs = RateHeaders {
        server_date: Some(at(1000)),
        ..headers(25, 0, 1010)
    };
    assert_eq!(theirs.reset_from(at(0)), Some(at(10)));
    let past = RateHeaders {
        server_date: Some(at(1000)),
        ..headers(25, 0, 999)
    };
    assert_eq!(past.reset_from(at(0)), Some(at(1)));
}
