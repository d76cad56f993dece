from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class GetProductRequest(_message.Message):
    __slots__ = ("product_id",)
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    product_id: int
    def __init__(self, product_id: _Optional[int] = ...) -> None: ...

class GetProductResponse(_message.Message):
    __slots__ = ("product_id", "name", "description", "price", "stock")
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    product_id: int
    name: str
    description: str
    price: float
    stock: int
    def __init__(self, product_id: _Optional[int] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., price: _Optional[float] = ..., stock: _Optional[int] = ...) -> None: ...

class CheckStockRequest(_message.Message):
    __slots__ = ("product_id", "quantity")
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    product_id: int
    quantity: int
    def __init__(self, product_id: _Optional[int] = ..., quantity: _Optional[int] = ...) -> None: ...

class CheckStockResponse(_message.Message):
    __slots__ = ("available", "current_stock")
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_STOCK_FIELD_NUMBER: _ClassVar[int]
    available: bool
    current_stock: int
    def __init__(self, available: _Optional[bool] = ..., current_stock: _Optional[int] = ...) -> None: ...

class UpdateStockRequest(_message.Message):
    __slots__ = ("product_id", "quantity_change")
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_CHANGE_FIELD_NUMBER: _ClassVar[int]
    product_id: int
    quantity_change: int
    def __init__(self, product_id: _Optional[int] = ..., quantity_change: _Optional[int] = ...) -> None: ...

class UpdateStockResponse(_message.Message):
    __slots__ = ("success", "new_stock")
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    NEW_STOCK_FIELD_NUMBER: _ClassVar[int]
    success: bool
    new_stock: int
    def __init__(self, success: _Optional[bool] = ..., new_stock: _Optional[int] = ...) -> None: ...
