mod closed_forms_distributions;
mod statistics;
