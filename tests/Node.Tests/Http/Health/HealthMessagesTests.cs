using System.Text;

namespace CubeActors.Node.Tests;

/// <summary>The bytes of the health protocol, as protoc's code would write them.</summary>
public sealed class HealthMessagesTests
{
    [Fact]
    public void A_request_for_the_server_is_an_empty_message()
    {
        Assert.True(HealthMessages.TryReadRequest([0, 0, 0, 0, 0], out var service));
        Assert.Equal("", service);
    }

    [Fact]
    public void A_request_names_a_service()
    {
        Assert.True(HealthMessages.TryReadRequest(Frame(Named("cubeactors.DataNode")), out var service));
        Assert.Equal("cubeactors.DataNode", service);
    }

    [Fact]
    public void Fields_of_later_versions_are_passed_over()
    {
        Assert.True(HealthMessages.TryReadRequest(
            Frame([0x10, 0x96, 0x01, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x22, 2, 9, 9, 0x2D, 1, 2, 3, 4, .. Named("x")]), out var service));
        Assert.Equal("x", service);
    }

    [Fact]
    public void A_request_cut_anywhere_is_none()
    {
        var whole = Frame(Named("cubeactors.DataNode"));
        for (var cut = 0; cut < whole.Length; cut++) Assert.False(HealthMessages.TryReadRequest(whole.AsSpan(0, cut), out _), $"cut at {cut}");
        Assert.False(HealthMessages.TryReadRequest([.. whole, 0], out _)); // one request, not two
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0, 0, 0 })] // compressed
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 0x0A, 5 })] // a name longer than the message
    [InlineData(new byte[] { 0, 0, 0, 0, 3, 0x0A, 1, 0xFF })] // no UTF-8
    [InlineData(new byte[] { 0, 0, 0, 0, 1, 0x0B })] // a wire type that proto3 does not have
    [InlineData(new byte[] { 0, 0, 0, 0, 12, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 })] // a number of more than 64 bits
    public void What_is_no_request_is_refused(byte[] body) => Assert.False(HealthMessages.TryReadRequest(body, out _));

    [Theory]
    [InlineData(0, new byte[] { 0, 0, 0, 0, 0 })]
    [InlineData(1, new byte[] { 0, 0, 0, 0, 2, 8, 1 })]
    [InlineData(2, new byte[] { 0, 0, 0, 0, 2, 8, 2 })]
    [InlineData(3, new byte[] { 0, 0, 0, 0, 2, 8, 3 })]
    public void A_response_has_its_status(byte status, byte[] expected) => Assert.Equal(expected, HealthMessages.Response((ServingStatus)status));

    internal static byte[] Named(string service) => [0x0A, (byte)service.Length, .. Encoding.UTF8.GetBytes(service)];

    internal static byte[] Frame(byte[] message) => [0, 0, 0, 0, (byte)message.Length, .. message];
}
