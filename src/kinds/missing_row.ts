/** The cure for rows that Flagsmith makes by itself and that a database lacks: an export cannot express that something is missing. */
export const MISSING_CURE =
  "Declare it and apply with on_exists: update, which writes it; the export says what a flag without it begins with";
