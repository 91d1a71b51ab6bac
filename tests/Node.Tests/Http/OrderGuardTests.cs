using Microsoft.AspNetCore.Http;

namespace CubeActors.Node.Tests;

public sealed class OrderGuardTests : IDisposable
{
    private const string Token = "correct horse battery";
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Without_a_token_everybody_may_give_orders_as_in_CubeFS() => Assert.True(OrderGuard.Open("", isOpen: false).Admits(With(null)));

    [Theory]
    [InlineData("Bearer correct horse battery", true)]
    [InlineData("bearer correct horse battery", true)]
    [InlineData("Bearer correct horse", false)]
    [InlineData("Bearer ", false)]
    [InlineData("correct horse battery", false)]
    [InlineData(null, false)]
    public void With_a_token_only_who_knows_it(string? header, bool expected)
    {
        File.WriteAllText(_file, $"{Token}\nanother line\n");
        Assert.Equal(expected, OrderGuard.Open(_file, isOpen: false).Admits(With(header)));
    }

    [Fact]
    public void The_paths_of_CubeFS_can_be_left_open()
    {
        File.WriteAllText(_file, Token);
        Assert.True(OrderGuard.Open(_file, isOpen: true).Admits(With(null)));
    }

    [Fact]
    public void A_file_without_a_token_ends_the_start()
    {
        File.WriteAllText(_file, "short\n");
        Assert.Contains("is no token", Assert.Throws<SettingsException>(() => OrderGuard.Open(_file, isOpen: false)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<SettingsException>(() => OrderGuard.Open(_file + ".missing", isOpen: false)).Message, StringComparison.Ordinal);
    }

    private static HttpRequest With(string? authorization)
    {
        var request = new DefaultHttpContext().Request;
        if (authorization is not null) request.Headers.Authorization = authorization;
        return request;
    }
}
