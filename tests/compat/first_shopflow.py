"""What a client of the first ShopFlow was generated from: the table of its messages, and nothing of today's files."""

from __future__ import annotations

from pathlib import Path

from grpc_tools import protoc

PROTOS = {
    "user.proto": """
        syntax = "proto3";
        package user;
        service UserService {
          rpc ValidateToken(ValidateTokenRequest) returns (ValidateTokenResponse);
          rpc GetUser(GetUserRequest) returns (GetUserResponse);
        }
        message ValidateTokenRequest { string token = 1; }
        message ValidateTokenResponse { bool valid = 1; int32 user_id = 2; string email = 3; string username = 4; }
        message GetUserRequest { int32 user_id = 1; }
        message GetUserResponse { int32 user_id = 1; string email = 2; string username = 3; string created_at = 4; }
    """,
    "inventory.proto": """
        syntax = "proto3";
        package inventory;
        service InventoryService {
          rpc GetProduct(GetProductRequest) returns (GetProductResponse);
          rpc CheckStock(CheckStockRequest) returns (CheckStockResponse);
          rpc UpdateStock(UpdateStockRequest) returns (UpdateStockResponse);
        }
        message GetProductRequest { int32 product_id = 1; }
        message GetProductResponse {
          int32 product_id = 1; string name = 2; string description = 3; double price = 4; int32 stock = 5;
        }
        message CheckStockRequest { int32 product_id = 1; int32 quantity = 2; }
        message CheckStockResponse { bool available = 1; int32 current_stock = 2; }
        message UpdateStockRequest { int32 product_id = 1; int32 quantity_change = 2; }
        message UpdateStockResponse { bool success = 1; int32 new_stock = 2; }
    """,
}


def generate_client(target: Path) -> None:
    """Modules user_pb2, user_pb2_grpc, inventory_pb2 and inventory_pb2_grpc, as anybody would generate them."""
    for name, text in PROTOS.items():
        (target / name).write_text(text)
    outputs = [f"--{kind}_out={target}" for kind in ("python", "grpc_python")]
    assert protoc.main(["protoc", f"-I{target}", *outputs, *PROTOS]) == 0
