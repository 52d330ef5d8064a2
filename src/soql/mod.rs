//! SOQL: tokens, lexer, parser, syntax tree, printer and errors. Pure.
