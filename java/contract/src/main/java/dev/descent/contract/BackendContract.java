package dev.descent.contract;

/// What every backend must do. A backend's tests extend this class and say how to open it.
public abstract class BackendContract {}
