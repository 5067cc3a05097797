//! The log of a deployed function: one JSON object a line. A line that tells an outcome carries it
//! as a metric in CloudWatch's embedded metric format as well, so that counting costs no call and
//! no further line.

use serde_json::{Value, json};
use std::fmt::{Debug, Result};
use tracing::{Event, Subscriber, field::Field, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter,
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Json, JsonFields, Writer},
    },
    registry::LookupSpan,
};

/// The fields that are metrics, each with the fields it is counted by. Each combination of their
/// values is billed, so only what has few values may be one: never a name, a number or an id.
const METRICS: [(&str, &[&str]); 2] = [("done", &["method", "route"]), ("refused", &["code"])];

/// Writes the log to standard output, from the level on that Lambda was told.
pub fn init() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).with_env_var("AWS_LAMBDA_LOG_LEVEL");
    let namespace = std::env::var("METRICS_NAMESPACE").ok().filter(|namespace| !namespace.is_empty());
    tracing_subscriber::fmt()
        .fmt_fields(JsonFields::new())
        .event_format(Lines::new(namespace))
        .with_env_filter(filter.from_env_lossy())
        .init();
}

/// The format of the lines.
#[derive(Debug)]
pub struct Lines {
    json: Format<Json>,
    namespace: Option<String>,
}

impl Lines {
    /// Lines whose metrics are in this namespace; without one they carry none.
    pub fn new(namespace: Option<String>) -> Self {
        Self { json: tracing_subscriber::fmt::format().json().flatten_event(true).with_span_list(false).with_target(false), namespace }
    }

    /// The member `_aws` of the line.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
    fn metrics(&self, event: &Event) -> Option<Value> {
        let namespace = self.namespace.as_ref()?;
        let mut told = None;
        // An optional field that is absent is not visited.
        event.record(&mut |field: &Field, _: &dyn Debug| told = told.or(METRICS.iter().find(|(name, _)| *name == field.name())));
        let (name, dimensions) = told?;
        Some(json!({
            "Timestamp": jiff::Timestamp::now().as_millisecond(),
            "CloudWatchMetrics": [{"Namespace": namespace, "Dimensions": [dimensions], "Metrics": [{"Name": name, "Unit": "Count"}]}],
        }))
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> Result {
        let mut line = String::new();
        self.json.format_event(context, Writer::new(&mut line), event)?;
        match (self.metrics(event), line.strip_suffix("}\n")) {
            (Some(metrics), Some(open)) => writeln!(writer, "{open},\"_aws\":{metrics}}}"),
            _ => writer.write_str(&line),
        }
    }
}
