"""As much of Django as `flagsmith_provision.program` asks for; `deno task real-api` runs it with all of Flagsmith."""
