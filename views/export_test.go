package views

// What tests look at and nobody else may.
var (
	MessagesIn = Lang.messages
	Text       = text
	Label      = label
	Link       = link
	Zone       = zone
	Clock      = clock
	Points     = sparkPoints
	Decimal    = Lang.decimal
	Signed     = Lang.signed
	Change     = Lang.change
	Percent    = Lang.percent
	Bytes      = Lang.bytes
	Duration   = Lang.duration
	Day        = Lang.day
	Decimals   = priceDecimals
	Fraction   = fraction
	Count      = Lang.count
	Lag        = Lang.lag
	PerWrite   = Lang.perWrite
)
