# The session of perl_pop3.py: login in UTF-8 mode, every method, and what they returned as one JSON document.
use strict;
use warnings;
use JSON::PP;
use MIME::Base64;
use Net::Cmd qw(CMD_OK);
use Net::POP3;

my ($port, $user, $password) = @ARGV;
my $pop3 = Net::POP3->new("localhost", Port => $port, Timeout => 60) or die "no greeting: $@";
my %found = (capabilities => [sort keys %{$pop3->capa}]);
# The module has no method for it.
$found{utf8} = $pop3->command("UTF8")->response == CMD_OK ? "accepted" : "refused";
$found{login} = $pop3->login($user, $password);
$found{stat} = [map { $_ + 0 } $pop3->popstat];
$found{sizes} = {map { $_ + 0 } %{$pop3->list}};
$found{ids} = $pop3->uidl;
$found{bodies} = [map { encode_base64(join("", @{$pop3->get($_)}), "") } 1 .. $found{login}];
$found{top} = encode_base64(join("", @{$pop3->top(1, 0)}), "");
$pop3->delete(1) or die "DELE 1";
$pop3->reset;
$pop3->delete(2) or die "DELE 2";
$found{left} = ($pop3->popstat)[0] + 0;
$found{quit} = $pop3->quit ? "accepted" : "refused";
print JSON::PP->new->canonical->encode(\%found);
