package bank

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

func TestMachine(t *testing.T) {
	apertest.Check(t, Bank{}, Open{"ann"}, Open{"bob"}, Deposit{"ann", 500}, Deposit{"bob", -1}, Deposit{"ann", 1 << 62},
		Withdraw{"bob", 20}, Withdraw{"nobody", 1}, Transfer{"ann", "bob", 30}, Transfer{"bob", "ann", 1 << 61},
		Transfer{"ann", "nobody", 5}, Transfer{"ann", "ann", 7},
		aper.All[Bank](Deposit{"ann", 10}, Transfer{"ann", "bob", 10}))
}

func sum(b Bank) (total int64) {
	for _, account := range b.Accounts.All() {
		total += account.Value()
	}
	return total
}

// Whatever happens in whatever order, the sum of all accounts is what was paid in, and no account is overdrawn.
func TestSumIsInvariant(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	names := []string{"ann", "bob", "cy", "dot", "nobody"}
	name := func() string { return names[random.IntN(len(names))] }
	amount := func() int64 { return random.Int64N(300) - 20 }
	var b Bank
	for _, n := range names[:4] {
		b, _ = Open{n}.Apply(b, &aper.Meta{})
	}
	done, refused := 0, 0
	for range 20_000 {
		var do aper.Transition[Bank]
		switch random.IntN(4) {
		case 0:
			do = Deposit{name(), amount()}
		case 1:
			do = Withdraw{name(), amount()}
		case 2:
			do = Transfer{name(), name(), amount()}
		case 3:
			do = aper.All[Bank](Transfer{name(), name(), amount()}, Transfer{name(), name(), amount()})
		}
		next, err := do.Apply(b, &aper.Meta{})
		if err != nil {
			refused++
			continue
		}
		done++
		b = next
		if sum(b) != b.Paid {
			t.Fatalf("seed %d: after %#v the accounts hold %d, and %d were paid in", seed, do, sum(b), b.Paid)
		}
		for n, account := range b.Accounts.All() {
			if account.Value() < 0 {
				t.Fatalf("seed %d: after %#v %s has %d", seed, do, n, account.Value())
			}
		}
	}
	if done < 1000 || refused < 1000 {
		t.Errorf("%d done and %d refused: this test does not try much", done, refused)
	}
}

func Example() {
	var b Bank
	for _, do := range []aper.Transition[Bank]{
		Open{"ann"}, Open{"bob"}, Deposit{"ann", 100},
		Transfer{"ann", "bob", 70},
		Transfer{"ann", "bob", 70},
	} {
		next, err := do.Apply(b, &aper.Meta{})
		if err != nil {
			fmt.Println(err, errors.Is(err, ErrOverdraft))
			continue
		}
		b = next
	}
	for name, account := range b.Accounts.All() {
		fmt.Println(name, account.Value())
	}
	// Output:
	// ann: there is not enough money in the account true
	// ann 30
	// bob 70
}
