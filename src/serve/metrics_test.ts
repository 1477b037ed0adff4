import assert from "node:assert/strict";
import { Metrics } from "./metrics.ts";

Deno.test("text() gives every count in the form that Prometheus reads", () => {
  const metrics = new Metrics("1.2.3");
  metrics.reset("succeeded", 0.05);
  metrics.reset("succeeded", 0.2);
  metrics.reset("failed", 60);
  for (const status of [204, 204, 401, 500]) metrics.resetRequest(status);
  for (const status of [200, 200, 502, undefined]) metrics.proxied(status);
  assert.deepEqual(
    metrics.text(4),
    `# HELP flagsmith_provision_build_info Version of the program.
# TYPE flagsmith_provision_build_info gauge
flagsmith_provision_build_info{version="1.2.3"} 1
# HELP flagsmith_provision_resets_total Resets by outcome; requests that wait at the same time share one.
# TYPE flagsmith_provision_resets_total counter
flagsmith_provision_resets_total{outcome="failed"} 1
flagsmith_provision_resets_total{outcome="succeeded"} 2
# HELP flagsmith_provision_reset_duration_seconds How long resets took, waiting for locks included.
# TYPE flagsmith_provision_reset_duration_seconds histogram
flagsmith_provision_reset_duration_seconds_bucket{le="0.025"} 0
flagsmith_provision_reset_duration_seconds_bucket{le="0.05"} 1
flagsmith_provision_reset_duration_seconds_bucket{le="0.1"} 1
flagsmith_provision_reset_duration_seconds_bucket{le="0.15"} 1
flagsmith_provision_reset_duration_seconds_bucket{le="0.25"} 2
flagsmith_provision_reset_duration_seconds_bucket{le="0.5"} 2
flagsmith_provision_reset_duration_seconds_bucket{le="1"} 2
flagsmith_provision_reset_duration_seconds_bucket{le="2.5"} 2
flagsmith_provision_reset_duration_seconds_bucket{le="5"} 2
flagsmith_provision_reset_duration_seconds_bucket{le="10"} 2
flagsmith_provision_reset_duration_seconds_bucket{le="+Inf"} 3
flagsmith_provision_reset_duration_seconds_sum 60.25
flagsmith_provision_reset_duration_seconds_count 3
# HELP flagsmith_provision_reset_requests_total Requests for a reset by the status of their answer.
# TYPE flagsmith_provision_reset_requests_total counter
flagsmith_provision_reset_requests_total{status="204"} 2
flagsmith_provision_reset_requests_total{status="401"} 1
flagsmith_provision_reset_requests_total{status="500"} 1
# HELP flagsmith_provision_reset_queue_length Requests whose reset has not begun.
# TYPE flagsmith_provision_reset_queue_length gauge
flagsmith_provision_reset_queue_length 4
# HELP flagsmith_provision_proxied_requests_total Requests sent to the upstream by the status of their answer; none when the client left first.
# TYPE flagsmith_provision_proxied_requests_total counter
flagsmith_provision_proxied_requests_total{status="200"} 2
flagsmith_provision_proxied_requests_total{status="502"} 1
flagsmith_provision_proxied_requests_total{status="none"} 1
`,
  );
});
