/** The documents that are measured. */

/** `count` entities of nine kinds: projects with everything that most have, and tags to make up the number. */
export function entities(count: number): string {
  const EACH = 111; // with its project, 2 environments, 8 segments, 80 features, 15 states, 5 overrides
  const projects = Math.floor((count - 1) / EACH);
  const list = <T>(length: number, make: (at: number) => T): readonly T[] =>
    Array.from({ length }, (_, at) => make(at));
  return JSON.stringify({
    version: "1.0",
    organisations: [{ name: "Acme Corp" }],
    projects: list(projects, (project) => ({
      name: `Project ${project}`,
      organisation: "Acme Corp",
      environments: [{ name: "Development" }, { name: "Production" }],
      segments: list(8, (at) => ({
        name: `segment_${at}`,
        rules: [{
          type: "ALL",
          conditions: [{ property: "plan", operator: "EQUAL", value: `plan ${at}` }, {
            property: "age",
            operator: "GREATER_THAN",
            value: "17",
          }],
        }],
      })),
      features: list(80, (at) => ({
        name: `feature_${at}`,
        description: `What feature ${at} does`,
        default_enabled: at % 2 === 0,
        initial_value: `value ${at}`,
        ...(at < 15
          ? {
            environments: {
              Production: {
                enabled: true,
                value: `other ${at}`,
                ...(at < 5 ? { segment_overrides: [{ segment: `segment_${at}`, enabled: false }] } : {}),
              },
            },
          }
          : {}),
      })),
    })),
    tags: list(count - 1 - projects * EACH, (at) => ({
      label: `tag ${at}`,
      organisation: "Acme Corp",
      project: `Project ${at % projects}`,
    })),
  });
}

/** One project with many features and environments: each pair of them is a state with its value and two history rows. */
export function grid(features: number, environments: number): string {
  return JSON.stringify({
    version: "1.0",
    organisations: [{ name: "Acme Corp" }],
    projects: [{
      name: "Web App",
      organisation: "Acme Corp",
      environments: Array.from({ length: environments }, (_, at) => ({ name: `Environment ${at}` })),
      features: Array.from({ length: features }, (_, at) => ({
        name: `feature_${at}`,
        default_enabled: at % 2 === 0,
        initial_value: `value ${at}`,
      })),
    }],
  });
}
