// Package bank moves money between accounts. It states the point of the model: one transition changes two places, and
// its rule looks at both, so no order of transfers, from however many people at once, makes or loses a cent or overdraws
// an account. Types that merge by themselves cannot say that.
package bank

//go:generate go tool apergen

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// Bank is the state. Amounts are in cents.
type Bank struct {
	Accounts data.Map[string, data.Counter]
	Paid     int64 // what was paid in, less what was paid out: always the sum of all accounts
}

// Open opens an account with nothing in it.
type Open struct{ Name string }

// Deposit pays money in.
type Deposit struct {
	To     string
	Amount int64
}

// Withdraw pays money out.
type Withdraw struct {
	From   string
	Amount int64
}

// Transfer moves money.
type Transfer struct {
	From, To string
	Amount   int64
}

const (
	ErrExists    = aper.Conflict("there is an account of this name already")
	ErrNoAccount = aper.Conflict("there is no account of this name")
	ErrOverdraft = aper.Conflict("there is not enough money in the account")
	ErrAmount    = aper.Conflict("the amount must be positive, and no more than a bank can hold")
)

// limit keeps every sum of two amounts within an int64.
const limit = 1 << 60

func (t Open) Apply(b Bank, _ *aper.Meta) (Bank, error) {
	if _, ok := b.Accounts.Get(t.Name); ok {
		return b, aper.In(t.Name, ErrExists)
	}
	b.Accounts = b.Accounts.With(t.Name, data.Counter{})
	return b, nil
}

func (t Deposit) Apply(b Bank, _ *aper.Meta) (Bank, error) {
	if t.Amount <= 0 || t.Amount > limit-b.Paid {
		return b, ErrAmount
	}
	b.Paid += t.Amount
	return b.add(t.To, t.Amount)
}

func (t Withdraw) Apply(b Bank, _ *aper.Meta) (Bank, error) {
	if t.Amount <= 0 || t.Amount > limit {
		return b, ErrAmount
	}
	b.Paid -= t.Amount
	return b.add(t.From, -t.Amount)
}

func (t Transfer) Apply(b Bank, _ *aper.Meta) (Bank, error) {
	if t.Amount <= 0 || t.Amount > limit {
		return b, ErrAmount
	}
	b, err := b.add(t.From, -t.Amount)
	if err != nil {
		return b, err
	}
	return b.add(t.To, t.Amount)
}

// add changes one account.
func (b Bank) add(name string, amount int64) (Bank, error) {
	account, ok := b.Accounts.Get(name)
	if !ok {
		return b, aper.In(name, ErrNoAccount)
	}
	if account.Value()+amount < 0 {
		return b, aper.In(name, ErrOverdraft)
	}
	b.Accounts = b.Accounts.With(name, data.NewCounter(account.Value()+amount))
	return b, nil
}
