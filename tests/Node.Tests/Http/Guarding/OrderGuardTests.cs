using System.Net;
using Microsoft.AspNetCore.Http;
using Serilog.Events;

namespace CubeActors.Node.Tests;

public sealed class OrderGuardTests : IDisposable
{
    private const string Token = "correct horse battery";
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Without_a_token_everybody_may_use_the_paths_of_CubeFS() => Assert.Equal(Refusal.None, OrderGuard.Open("", isOpen: false).Judge(With(null), Access.LegacyOrder));

    [Theory]
    [InlineData("Bearer correct horse battery", Refusal.None)]
    [InlineData("bearer correct horse battery", Refusal.None)]
    [InlineData("Bearer correct horse", Refusal.WrongToken)]
    [InlineData("Bearer correct horse batterY", Refusal.WrongToken)]
    [InlineData("Bearer ", Refusal.WrongToken)]
    [InlineData("correct horse battery", Refusal.WrongToken)]
    [InlineData(null, Refusal.NoToken)]
    internal void With_a_token_only_who_knows_it(string? header, Refusal expected)
    {
        File.WriteAllText(_file, $"{Token}\nanother line\n");
        var guard = OrderGuard.Open(_file, isOpen: false);
        Assert.Equal(expected, guard.Judge(With(header), Access.LegacyOrder));
        Assert.Equal(expected, guard.Judge(With(header), Access.Order));
    }

    [Fact]
    public void The_paths_of_CubeFS_can_be_left_open()
    {
        File.WriteAllText(_file, Token);
        var guard = OrderGuard.Open(_file, isOpen: true);
        Assert.Equal(Refusal.None, guard.Judge(With(null), Access.LegacyOrder));
        Assert.Equal(Refusal.NoToken, guard.Judge(With(null), Access.Order));
    }

    [Fact]
    public void A_file_that_is_no_secret_or_holds_none_ends_the_start_with_key_and_file()
    {
        Refuses("is no token", () => File.WriteAllText(_file, "short\n"), _file);
        Refuses("cannot be read", () => { }, _file + ".missing");
        Refuses("chmod 600", () =>
        {
            File.WriteAllText(_file, Token);
            File.SetUnixFileMode(_file, Own | UnixFileMode.OtherRead);
        }, _file);
        Refuses("has more than", () =>
        {
            File.SetUnixFileMode(_file, Own);
            File.WriteAllText(_file, new string('a', 100_000));
        }, _file);

        static void Refuses(string why, Action prepare, string file)
        {
            prepare();
            var message = Assert.Throws<SettingsException>(() => OrderGuard.Open(file, isOpen: false)).Message;
            Assert.StartsWith($"cubeactors.http.token-file: ", message, StringComparison.Ordinal);
            Assert.Contains(why, message, StringComparison.Ordinal);
            Assert.Contains(file, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_token_that_changes_is_taken_and_one_that_cannot_be_read_leaves_the_old_one_in_force()
    {
        var time = new MovedTime();
        File.WriteAllText(_file, Token);
        var guard = OrderGuard.Open(_file, isOpen: false, time: time);
        Write("another token of length", 1);
        Assert.Null(guard.Refresh()); // not yet
        time.Step(WatchedFiles<byte[]>.LookPeriod);
        Assert.Equal(LogEventLevel.Information, guard.Refresh()!.Level);
        Assert.Equal((Refusal.WrongToken, Refusal.None), (guard.Judge(With($"Bearer {Token}"), Access.Order), guard.Judge(With("Bearer another token of length"), Access.Order)));

        Write("short", 2);
        time.Step(WatchedFiles<byte[]>.LookPeriod);
        var note = guard.Refresh()!;
        Assert.Equal(LogEventLevel.Error, note.Level);
        Assert.DoesNotContain("short", note.Text, StringComparison.Ordinal);
        time.Step(WatchedFiles<byte[]>.LookPeriod);
        Assert.Null(guard.Refresh()); // said once
        Assert.Equal(Refusal.None, guard.Judge(With("Bearer another token of length"), Access.Order));

        void Write(string text, int second)
        {
            File.WriteAllText(_file, text);
            File.SetLastWriteTimeUtc(_file, new DateTime(2026, 1, 1, 0, 0, second, DateTimeKind.Utc));
        }
    }

    [Fact]
    public void Reads_that_ask_for_a_token_need_one_to_be_set() =>
        Assert.Contains("token-for-reads", Assert.Throws<SettingsException>(() => OrderGuard.Open("", isOpen: false, guardsLooks: true)).Message, StringComparison.Ordinal);

    [Theory]
    // Without a token.
    [InlineData(Access.Open, false, false, false, false, false, false, Credential.None, Refusal.None)]
    [InlineData(Access.Look, false, false, false, false, false, false, Credential.None, Refusal.None)]
    [InlineData(Access.LegacyOrder, false, false, false, false, false, false, Credential.None, Refusal.None)]
    [InlineData(Access.Order, false, false, false, false, false, false, Credential.None, Refusal.NotLocal)]
    [InlineData(Access.Order, false, false, false, false, true, false, Credential.None, Refusal.None)]
    [InlineData(Access.Order, false, false, false, true, false, true, Credential.None, Refusal.NotLocal)] // TLS shows who the node is, not who asks
    // With one.
    [InlineData(Access.Open, true, true, false, true, false, false, Credential.None, Refusal.None)]
    [InlineData(Access.Look, true, false, false, false, false, false, Credential.None, Refusal.None)]
    [InlineData(Access.Look, true, true, false, false, false, false, Credential.None, Refusal.NoToken)]
    [InlineData(Access.Look, true, true, false, false, true, false, Credential.Wrong, Refusal.WrongToken)] // this machine too
    [InlineData(Access.Look, true, true, false, false, false, false, Credential.Right, Refusal.None)]
    [InlineData(Access.LegacyOrder, true, false, false, false, true, false, Credential.None, Refusal.NoToken)]
    [InlineData(Access.LegacyOrder, true, false, true, false, false, false, Credential.None, Refusal.None)]
    [InlineData(Access.Order, true, false, true, false, true, false, Credential.None, Refusal.NoToken)]
    [InlineData(Access.Order, true, false, false, false, false, false, Credential.Right, Refusal.None)]
    // With TLS a token is not taken in clear text from elsewhere.
    [InlineData(Access.Order, true, false, false, true, false, false, Credential.Right, Refusal.NotTls)]
    [InlineData(Access.Order, true, false, false, true, false, true, Credential.Right, Refusal.None)]
    [InlineData(Access.Order, true, false, false, true, true, false, Credential.Right, Refusal.None)]
    [InlineData(Access.LegacyOrder, true, false, false, true, false, false, Credential.Right, Refusal.NotTls)]
    [InlineData(Access.LegacyOrder, true, false, true, true, false, false, Credential.None, Refusal.None)]
    [InlineData(Access.Look, true, true, false, true, false, false, Credential.Right, Refusal.NotTls)]
    [InlineData(Access.Look, true, false, false, true, false, false, Credential.None, Refusal.None)]
    internal void Who_may_do_what_is_one_table(
        Access access, bool hasToken, bool guardsLooks, bool legacyOpen, bool hasTls, bool isLocal, bool isTls, Credential credential, Refusal expected) =>
        Assert.Equal(expected, AccessRules.Decide(access, new GuardTerms(hasToken, guardsLooks, legacyOpen, hasTls), isLocal, isTls, credential));

    [Theory]
    [InlineData("GET", "/livez", false, Access.Open)]
    [InlineData("GET", "/disks", false, Access.Open)]
    [InlineData("POST", "/grpc.health.v1.Health/Check", false, Access.Open)]
    [InlineData("GET", "/setDiskBad", true, Access.LegacyOrder)]
    [InlineData("GET", "/cubeactors/node", false, Access.Look)]
    [InlineData("HEAD", "/CubeActors/Node", false, Access.Look)]
    [InlineData("GET", "/cubeactors/events", false, Access.Look)]
    [InlineData("GET", "/cubeactors/dashboard", false, Access.Open)]
    [InlineData("GET", "/cubeactors/dashboard/app.js", false, Access.Open)]
    [InlineData("POST", "/cubeactors/dashboard", false, Access.Order)]
    [InlineData("POST", "/cubeactors/drain", false, Access.Order)]
    [InlineData("DELETE", "/CUBEACTORS/drain", false, Access.Order)]
    [InlineData("OPTIONS", "/cubeactors/drain", false, Access.Order)]
    [InlineData("POST", "/cubeactors/nobody-made-this-yet", false, Access.Order)]
    [InlineData("POST", "/cubeactorsish", false, Access.Open)] // which is not there
    internal void A_request_is_sorted_by_path_and_method(string method, string path, bool isLegacyOrder, Access expected) => Assert.Equal(expected, AccessRules.Of(path, method, isLegacyOrder));

    private static HttpRequest With(string? authorization)
    {
        var context = new DefaultHttpContext();
        (context.Connection.RemoteIpAddress, context.Connection.LocalIpAddress) = (IPAddress.Loopback, IPAddress.Loopback);
        if (authorization is not null) context.Request.Headers.Authorization = authorization;
        return context.Request;
    }
}
