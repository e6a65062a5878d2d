//! A user's mistakes as a report: each with its place in the source and what to write instead.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use flexcast::error::Problems;

/// All problems, in the order in which they were written.
pub(crate) fn render(problems: &Problems, color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(100);
    let mut report: Vec<String> = Vec::new();
    for problem in &problems.list {
        let source = &problems.sources[problem.place.source];
        let title = if problem.key.is_empty() {
            problem.message.clone()
        } else {
            format!("{}: {}", problem.key, problem.message)
        };
        let span = clip(&source.text, problem.place.span.clone());
        let snippet = Snippet::source(source.text.as_str())
            .path(source.name.as_str())
            .annotation(AnnotationKind::Primary.span(span));
        let groups = [Level::ERROR
            .primary_title(title.as_str())
            .element(snippet)
            .element(Level::HELP.message(problem.remedy.as_str()))];
        report.push(renderer.render(&groups));
    }
    let count = problems.list.len();
    let noun = if count == 1 { "problem" } else { "problems" };
    let is_in_file = problems
        .list
        .iter()
        .any(|problem| problem.place.source == 0);
    let place = match is_in_file {
        true => format!(" in {}", problems.sources[0].name),
        false => String::new(),
    };
    report.push(format!("{count} {noun}{place}; nothing was done"));
    report.join("\n\n")
}

/// A span inside the text, on one line and on character boundaries.
fn clip(text: &str, span: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let line_end = text[start..]
        .find(['\n', '\r'])
        .map_or(text.len(), |end| start + end);
    let mut end = span.end.clamp(start, line_end);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start..end
}
