package pages

// Rates lets tests count at moments of their choice.
type Rates = rates

// Fill fills in the rates as of a moment, and remembers the counts.
var Fill = (*rates).fill
