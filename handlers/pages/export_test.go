package pages

// Looks lets tests look at the counters at moments of their choice.
type Looks = beatCache

// Rate fills in the rates as of a moment, and remembers the look.
var Rate = (*beatCache).rate
