namespace CubeActors.Client;

/// <summary>An operation on data failed for good: every retry that the rules allow was made. The message says what and where.</summary>
public sealed class CubeClientException(string message, Exception? cause = null) : IOException(message, cause);
