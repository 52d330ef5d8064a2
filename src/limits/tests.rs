#![expect(clippy::arithmetic_side_effects, reason = "small numbers, and a test may stop")]

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::*;

use super::fields::{LimitItem, RatelimitFields, seconds_up, upstream_quota};
use super::settings::{LimitSettings, Rate, RateError};
use super::{Limits, ThrottleCause, Throttled};

fn n(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

fn per_second(rate: u32, burst: u32) -> Rate {
    Rate::per_second(n(rate), n(burst)).unwrap()
}

/// Limits with a clock that is moved by hand.
struct Bench {
    limits: Limits,
    nanos: Arc<AtomicU64>,
}

impl Bench {
    fn new(agent: Rate, tools: &[(&str, Rate)], max_agents: usize) -> Self {
        let nanos = Arc::new(AtomicU64::new(1_000_000_000_000));
        let settings = LimitSettings {
            agent,
            tools: tools.iter().map(|(tool, rate)| ((*tool).to_owned(), *rate)).collect(),
            max_agents: NonZeroUsize::new(max_agents).unwrap(),
        };
        let clock = Arc::clone(&nanos);
        let now = move || Duration::from_nanos(clock.load(Ordering::Relaxed));
        Self { limits: Limits::new(&settings, now), nanos }
    }

    fn advance(&self, by: Duration) {
        self.nanos.fetch_add(u64::try_from(by.as_nanos()).unwrap(), Ordering::Relaxed);
    }

    fn charge(&self, agent: &str, tool: &str, cost: u32) -> Result<RatelimitFields, Throttled> {
        self.limits.charge(agent, tool, n(cost))
    }

    fn remaining(&self, agent: &str, tool: &str) -> BTreeMap<String, u64> {
        let fields = self.limits.fields_for(agent, Some(tool));
        fields.items.into_iter().map(|item| (item.policy, item.remaining)).collect()
    }
}

fn header(fields: &RatelimitFields, name: &str) -> Option<String> {
    fields.headers().into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

#[test]
fn a_bucket_gives_its_burst_and_then_says_when() {
    let bench = Bench::new(per_second(2, 3), &[], 10);
    for left in [2, 1, 0] {
        let fields = bench.charge("a", "t", 1).unwrap();
        assert_eq!(fields.items[0].remaining, left);
    }
    let throttled = bench.charge("a", "t", 1).unwrap_err();
    assert_eq!(throttled.bucket, "agent");
    assert_eq!(throttled.cause, ThrottleCause::Exhausted);
    assert_eq!(throttled.retry_after, Some(Duration::from_millis(500)));
    assert_eq!(throttled.to_string(), "the bucket `agent` is exhausted; retry after 1 s");
    bench.advance(Duration::from_millis(499));
    assert!(bench.charge("a", "t", 1).is_err());
    bench.advance(Duration::from_millis(1));
    bench.charge("a", "t", 1).unwrap();
    bench.charge("b", "t", 3).unwrap();
}

#[test]
fn a_refusal_by_either_bucket_charges_neither() {
    let bench =
        Bench::new(per_second(1, 10), &[("t", per_second(1, 3)), ("u", per_second(1, 20))], 10);
    let before = bench.remaining("a", "t");
    let throttled = bench.charge("a", "t", 4).unwrap_err();
    assert_eq!(throttled.bucket, "tool:t");
    assert_eq!(throttled.cause, ThrottleCause::TooCostly { cost: 4, burst: 3 });
    assert_eq!(throttled.retry_after, None);
    assert_eq!(header(&throttled.fields, "retry-after"), None);
    assert_eq!(bench.remaining("a", "t"), before);
    bench.charge("a", "t", 3).unwrap();
    assert_eq!(bench.charge("a", "t", 1).unwrap_err().bucket, "tool:t");
    assert_eq!(
        bench.remaining("a", "t"),
        BTreeMap::from([("agent".into(), 7), ("tool:t".into(), 0)])
    );
    // The agent's bucket refuses what the tool's would let through.
    assert_eq!(bench.charge("a", "u", 8).unwrap_err().bucket, "agent");
    assert_eq!(bench.remaining("a", "u")["tool:u"], 20);
}

#[test]
fn of_two_refusals_the_longer_wait_is_told() {
    let slow = Rate::per_minute(n(1), n(1)).unwrap();
    let bench = Bench::new(per_second(1, 1), &[("t", slow)], 10);
    bench.charge("a", "t", 1).unwrap();
    let throttled = bench.charge("a", "t", 1).unwrap_err();
    assert_eq!(throttled.bucket, "tool:t");
    assert_eq!(throttled.fields.retry_after_s, Some(60));
    bench.advance(Duration::from_secs(60));
    bench.charge("a", "t", 1).unwrap();
}

#[test]
fn asking_charges_nothing() {
    let bench = Bench::new(per_second(1, 5), &[], 10);
    bench.charge("a", "t", 2).unwrap();
    for _ in 0..100 {
        assert_eq!(bench.remaining("a", "t")["agent"], 3);
        assert_eq!(bench.remaining("stranger", "t")["agent"], 5);
    }
}

#[test]
fn agents_are_capped_and_the_idle_ones_forgotten() {
    let bench = Bench::new(per_second(1, 2), &[], 3);
    for agent in ["a", "b", "c"] {
        bench.charge(agent, "t", 1).unwrap();
    }
    let throttled = bench.charge("d", "t", 1).unwrap_err();
    assert_eq!(throttled.cause, ThrottleCause::TooManyAgents);
    assert_eq!(throttled.fields.retry_after_s, Some(1));
    bench.charge("a", "t", 1).unwrap();
    // Their buckets are full again but for `a`'s, and the full ones need not be remembered.
    bench.advance(Duration::from_secs(1));
    bench.charge("d", "t", 1).unwrap();
    bench.charge("e", "t", 1).unwrap();
    assert!(bench.charge("f", "t", 1).is_err());
    assert_eq!(bench.remaining("a", "t")["agent"], 1);
}

#[test]
fn a_million_agents_take_no_more_room_than_the_cap() {
    let bench = Bench::new(per_second(1, 2), &[("t", per_second(1, 2))], 100);
    for agent in 0..20_000 {
        let _ = bench.charge(&agent.to_string(), "t", 1);
    }
    let buckets = bench.limits.buckets.lock().unwrap();
    assert_eq!(buckets.agent.len(), 100);
    assert_eq!(buckets.tools["t"].len(), 100);
}

#[test]
fn a_rate_that_takes_more_than_a_year_is_refused() {
    assert_eq!(Rate::per_hour(n(1), n(10_000)), Err(RateError::TooSlow { burst: 10_000 }));
    assert!(Rate::per_hour(n(1), n(8_000)).is_ok());
    assert!(Rate::per_second(n(u32::MAX), n(u32::MAX)).is_ok());
}

#[test]
fn a_rate_that_does_not_divide_is_never_exceeded() {
    assert_eq!(per_second(3, 1).interval(), Duration::from_nanos(333_333_334));
    assert_eq!(per_second(u32::MAX, 1).interval(), Duration::from_nanos(1));
    assert_eq!(
        Rate::per_minute(n(7), n(2)).unwrap().window(),
        Duration::from_nanos(17_142_857_144)
    );
}

#[test]
fn the_headers_read_as_documented() {
    let bench = Bench::new(per_second(10, 50), &[("executeQuery", per_second(3, 10))], 10);
    let mut fields = bench.charge("a", "executeQuery", 4).unwrap();
    fields.push(upstream_quota(4_123, 15_000));
    let expected = [
        ("ratelimit-limit", "10"),
        ("ratelimit-remaining", "6"),
        ("ratelimit-reset", "2"),
        (
            "ratelimit-policy",
            "\"agent\";q=50;w=5, \"tool:executeQuery\";q=10;w=4, \"sf-daily\";q=15000;w=86400",
        ),
        ("ratelimit", "\"agent\";r=46;t=1, \"tool:executeQuery\";r=6;t=2, \"sf-daily\";r=10877"),
    ];
    let found = fields.headers();
    let found: Vec<_> = found.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(found, expected);
    assert_eq!(
        fields.to_json(),
        serde_json::json!({ "limits": [
            { "policy": "agent", "limit": 50, "windowSeconds": 5, "remaining": 46,
              "resetSeconds": 1 },
            { "policy": "tool:executeQuery", "limit": 10, "windowSeconds": 4, "remaining": 6,
              "resetSeconds": 2 },
            { "policy": "sf-daily", "limit": 15000, "windowSeconds": 86400, "remaining": 10877 },
        ]})
    );
}

#[test]
fn a_refused_call_is_told_one_time_everywhere() {
    let slow = Rate::per_minute(n(1), n(2)).unwrap();
    let bench = Bench::new(slow, &[("t", per_second(1, 2))], 10);
    bench.charge("a", "t", 2).unwrap();
    bench.advance(Duration::from_millis(500));
    let fields = bench.charge("a", "t", 1).unwrap_err().fields;
    assert_eq!(header(&fields, "retry-after").unwrap(), "60");
    assert_eq!(header(&fields, "ratelimit-reset").unwrap(), "60");
    assert_eq!(header(&fields, "ratelimit-limit").unwrap(), "2");
    let list = header(&fields, "ratelimit").unwrap();
    assert_eq!(list, "\"agent\";r=0;t=60, \"tool:t\";r=0;t=2");
    assert_eq!(fields.to_json()["retryAfterSeconds"], 60);
}

#[test]
fn the_most_constrained_limit_is_shown_in_the_trio() {
    let item = |policy: &str, remaining, reset_s| LimitItem {
        policy: policy.into(),
        quota: 100,
        window_s: Some(10),
        remaining,
        reset_s,
    };
    let fields = RatelimitFields::new(vec![
        item("agent", 5, Some(9)),
        item("tool:x", 2, Some(1)),
        item("tool:y", 2, Some(3)),
    ]);
    assert_eq!(fields.most_constrained().unwrap().policy, "tool:y");
    // The daily quota has no reset: the trio needs a number, and gets an estimate.
    let mut fields = fields;
    fields.push(upstream_quota(101, 100));
    assert_eq!(header(&fields, "ratelimit-remaining").unwrap(), "0");
    assert_eq!(header(&fields, "ratelimit-reset").unwrap(), "3600");
    assert!(RatelimitFields::default().headers().is_empty());
}

#[test]
fn no_name_breaks_a_header() {
    let mut item = upstream_quota(0, u64::MAX);
    item.policy = "a\"b\\c\r\nX: y\u{e9}".into();
    let fields = RatelimitFields::new(vec![item]);
    let expected = "\"a\\\"b\\\\c??X: y?\";r=999999999999999";
    assert_eq!(header(&fields, "ratelimit").unwrap(), expected);
}

#[test]
fn seconds_are_rounded_up() {
    let cases = [(0, 0), (1, 1), (999_999_999, 1), (1_000_000_000, 1), (1_000_000_001, 2)];
    for (nanos, seconds) in cases {
        assert_eq!(seconds_up(Duration::from_nanos(nanos)), seconds);
    }
}

#[derive(Debug, Clone)]
struct Step {
    wait: Duration,
    cost: u32,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..3_000_000_000_u64, 1..6_u32)
        .prop_map(|(nanos, cost)| Step { wait: Duration::from_nanos(nanos / 7), cost });
    prop::collection::vec(step, 1..60)
}

fn rate() -> impl Strategy<Value = Rate> {
    (1..50_u32, 1..20_u32, any::<bool>()).prop_map(|(rate, burst, minute)| {
        let rate = if minute {
            Rate::per_minute(n(rate), n(burst))
        } else {
            Rate::per_second(n(rate), n(burst))
        };
        rate.unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_window_holds_more_than_burst_and_rate(agent in rate(), tool in rate(), steps in steps()) {
        let bench = Bench::new(agent, &[("t", tool)], 10);
        let mut now = Duration::ZERO;
        let mut admitted: Vec<(Duration, u64)> = Vec::new();
        for step in steps {
            bench.advance(step.wait);
            now += step.wait;
            if bench.charge("a", "t", step.cost).is_ok() {
                admitted.push((now, step.cost.into()));
            }
        }
        for rate in [agent, tool] {
            let interval = rate.interval().as_nanos();
            for from in 0..admitted.len() {
                let mut sum = 0_u128;
                for (at, cost) in &admitted[from..] {
                    sum += u128::from(*cost);
                    let window = (*at - admitted[from].0).as_nanos();
                    let most = u128::from(rate.burst().get()) + window / interval;
                    prop_assert!(sum <= most, "{sum} in {window} ns");
                }
            }
        }
    }

    #[test]
    fn what_is_told_is_granted(agent in rate(), tool in rate(), steps in steps()) {
        let bench = Bench::new(agent, &[("t", tool)], 10);
        for step in steps {
            bench.advance(step.wait);
            match bench.charge("a", "t", step.cost) {
                Ok(fields) => {
                    // All that is said to be left can be had, and not one more.
                    let left = fields.items.iter().map(|item| item.remaining).min().unwrap();
                    let left = u32::try_from(left).unwrap();
                    let trio = fields.most_constrained().unwrap().remaining;
                    prop_assert_eq!(trio, u64::from(left));
                    prop_assert!(bench.limits.peek_fits("a", "t", left));
                    prop_assert!(!bench.limits.peek_fits("a", "t", left + 1));
                }
                Err(throttled) => {
                    if let Some(wait) = throttled.retry_after {
                        let told = throttled.fields.retry_after_s.unwrap();
                        prop_assert!(Duration::from_secs(told) >= wait);
                        for item in &throttled.fields.items {
                            prop_assert!(item.reset_s.is_none_or(|reset| reset <= told));
                        }
                        // Not a nanosecond before, and then for certain.
                        bench.advance(wait - Duration::from_nanos(1));
                        prop_assert!(!bench.limits.peek_fits("a", "t", step.cost));
                        bench.advance(Duration::from_nanos(1));
                        prop_assert!(bench.limits.peek_fits("a", "t", step.cost));
                    }
                }
            }
        }
        // After the reset that is told, each bucket is full.
        let fields = bench.limits.fields_for("a", Some("t"));
        let reset = fields.items.iter().filter_map(|item| item.reset_s).max().unwrap();
        bench.advance(Duration::from_secs(reset));
        for item in bench.limits.fields_for("a", Some("t")).items {
            prop_assert_eq!(item.remaining, item.quota);
            prop_assert_eq!(item.reset_s, Some(0));
        }
    }
}

impl Limits {
    /// Whether a call would fit, without charging it.
    fn peek_fits(&self, agent: &str, tool: &str, cost: u32) -> bool {
        let Some(cost) = NonZeroU32::new(cost) else { return true };
        let mut buckets = self.buckets.lock().unwrap();
        let now = self.time.now();
        buckets.of(tool).all(|bucket| bucket.ask(agent, cost, now).is_none())
    }
}
