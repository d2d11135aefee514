package views

// term is a figure's name and what it says, in a sentence or two.
type term struct{ name, text string }

func (m *Texts) trafficTerms() []term {
	t, h := m.Traffic, m.Traffic.Help
	return []term{
		{t.Published, h.Published}, {t.Read, h.Read}, {t.Delivered, h.Delivered}, {t.Bytes, h.Bytes}, {t.Writes, h.Writes},
		{t.PerWrite, h.PerWrite}, {t.Lag, h.Lag}, {t.Gaps, h.Gaps}, {t.Conflated, h.Conflated}, {t.Denied, h.Denied}, {h.SignsName, h.Signs},
	}
}

func (m *Texts) streamTerms() []term {
	t, h := m.Streams, m.Streams.Help
	return []term{{t.Open, h.Open}, {t.TakenOver, h.TakenOver}, {t.Parked, h.Parked}, {t.Opened, h.Opened}, {t.Refused, h.Refused}}
}

func (m *Texts) serverTerms() []term {
	t, h := m.Server, m.Server.Help
	return []term{
		{t.Topics, h.Topics}, {t.StoredRange, h.StoredRange}, {t.StoredBytes, h.StoredBytes}, {t.MemoryEvents, h.MemoryEvents},
		{t.MemoryBytes, h.MemoryBytes}, {t.Heap, h.Heap}, {t.Goroutines, h.Goroutines}, {t.Epoch, h.Epoch},
	}
}
