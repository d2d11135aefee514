package access

import "context"

// MatchPassword compares a password with a stored hash.
func MatchPassword(ctx context.Context, hash, password string) (bool, error) {
	return newPasswords().match(ctx, hash, password)
}
