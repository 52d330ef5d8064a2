//! What the org has used of its limits.

use super::json::{Json, object};
use super::reports;
use super::rest::Org;

/// Most batches of bulk jobs, and most bulk query jobs, in a day.
const MOST_BATCHES: u64 = 15_000;
const MOST_QUERY_JOBS: u64 = 10_000;

impl Org {
    /// The answer of `limits`: what is used here counts down, the rest stands still.
    pub(super) fn limits(&self) -> Json {
        let limits = [
            ("ConcurrentAsyncGetReportInstances", 200, 0),
            ("ConcurrentSyncReportRuns", 20, 0),
            ("DailyApiRequests", self.daily_limit, self.used),
            ("DailyAsyncApexExecutions", 250_000, 0),
            ("DailyBulkApiBatches", MOST_BATCHES, self.jobs.batches),
            ("DailyBulkV2QueryJobs", MOST_QUERY_JOBS, self.jobs.queries),
            ("DailyStreamingApiEvents", 10_000, 0),
            ("DailyWorkflowEmails", 390, 0),
            ("DataStorageMB", 5, 0),
            ("FileStorageMB", 20, 0),
            ("HourlyAsyncReportRuns", 1_200, 0),
            ("HourlyDashboardRefreshes", 200, 0),
            ("HourlySyncReportRuns", reports::MOST_RUNS, self.report_runs),
            ("HourlyTimeBasedWorkflow", 50, 0),
            ("MassEmail", 10, 0),
            ("SingleEmail", 15, 0),
        ];
        let whole = |n: u64| Json::Int(i64::try_from(n).unwrap_or(i64::MAX));
        let member = |(name, most, used): (&str, u64, u64)| {
            let left = most.saturating_sub(used);
            (name.to_owned(), object! { "Max" => whole(most), "Remaining" => whole(left) })
        };
        Json::Object(limits.into_iter().map(member).collect())
    }
}
